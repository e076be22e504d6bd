import type { SyntheticEvent } from "react";
import { useNavigate } from "react-router";
import { Icon } from "./icon";

/** The form that looks up a certificate in the public register by its number. */
export function VerifyForm() {
  const navigate = useNavigate();
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const number = new FormData(event.currentTarget).get("number");
    await navigate(`/verify/${encodeURIComponent(String(number).trim().toUpperCase())}`);
  };
  return (
    <form className="verify-form" onSubmit={submit}>
      <label htmlFor="certificate-number">Certificate number</label>
      <div className="verify-form-row">
        <input
          id="certificate-number"
          name="number"
          required
          placeholder="HS-2026-000123"
          pattern="\s*[Hh][Ss]-[0-9]{4}-[0-9]{6}\s*"
          title="HS, four digits, six digits: HS-2026-000123"
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
        />
        <button type="submit" className="button primary">
          <Icon name="search" />
          Check
        </button>
      </div>
    </form>
  );
}
