from toolchain.datapath.log import Remarks


def test_a_remark_is_made_once_and_again_after_it_was_gone() -> None:
    said: list[str] = []
    remarks = Remarks(said.append)
    for due in (("a", "b", "a"), ("b", "a"), ("b",), ("a", "b")):
        remarks.tell(due)
    assert said == ["a", "b", "a"]
