import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { uploadFile } from "../../src/api/upload";
import { problem } from "../fake/api.ts";
import { COMPANIES } from "../fake/data.ts";
import { openSite } from "./site";

// jsdom's XMLHttpRequest reaches no fake; tests/unit and the browser's tests cover the sending itself.
vi.mock("../../src/api/upload", () => ({ uploadFile: vi.fn() }));
const sending = vi.mocked(uploadFile);
const PATH = `/companies/${COMPANIES[0]?.id}`;
// A press on the button would stop at `required`: jsdom does not count the files that a test gives to a field.
const submit = () => {
  const form = screen.getByRole("button", { name: "Upload" }).closest("form");
  if (form) fireEvent.submit(form);
};
const pdf = () => new File(["content"], "halal-licence.pdf", { type: "application/pdf" });

describe("upload", () => {
  beforeEach(() => {
    sending.mockReset();
    sending.mockResolvedValue();
  });

  async function open() {
    const site = await openSite(PATH, { signedIn: true });
    const upload = async (file: File) => {
      await site.user.upload(await screen.findByLabelText("File"), file);
      await site.user.selectOptions(screen.getByLabelText("Kind"), "licence");
      submit();
    };
    return { ...site, upload };
  }

  it("shows how far it is and that it is done", async () => {
    let finish: () => void = () => undefined;
    sending.mockImplementation((_form, _file, onProgress) => {
      onProgress(0.425);
      return new Promise((resolve) => (finish = resolve));
    });
    const { upload, fake } = await open();
    await upload(pdf());
    const progress = await screen.findByRole("progressbar", { name: "Uploading halal-licence.pdf" });
    await waitFor(() => expect(progress).toHaveProperty("value", 42));
    expect(screen.getByRole("button", { name: "Upload" })).toHaveProperty("disabled", true);
    const before = fake.log.filter((entry) => entry === "GET /documents").length;
    finish();
    await screen.findByText("halal-licence.pdf was uploaded.");
    await waitFor(() =>
      expect(fake.log.filter((entry) => entry === "GET /documents").length).toBe(before + 1),
    );
  });

  it("is for the company of the page", async () => {
    const { upload } = await open();
    await upload(pdf());
    await screen.findByText("halal-licence.pdf was uploaded.");
    expect(sending.mock.calls[0]?.[0].fields).toMatchObject({ "Content-Type": "application/pdf" });
  });

  it("can be cancelled", async () => {
    sending.mockImplementation(
      (_form, _file, _onProgress, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    const { upload, user } = await open();
    await upload(pdf());
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("progressbar")).toBeNull());
    expect(screen.queryByRole("alert")).toBeNull();
    expect(screen.getByRole("button", { name: "Upload" })).toHaveProperty("disabled", false);
  });

  it("refuses a wrong file before the API is asked", async () => {
    const { fake, user } = await open();
    const file = new File(["<p>"], "page.html", { type: "text/html" });
    const field = await screen.findByLabelText("File");
    await user.selectOptions(screen.getByLabelText("Kind"), "licence");
    // `accept` is only a hint: files can be dropped.
    field.removeAttribute("accept");
    await user.upload(field, file);
    submit();
    await screen.findByText("Choose a PDF, a JPEG or PNG image, or an MP4 video.");
    expect(fake.log).not.toContain("POST /documents/upload-urls");
  });

  it("shows the API's reason at the file", async () => {
    const { upload, fake } = await open();
    await heading();
    fake.interrupt("/documents/upload-urls", () =>
      problem(422, "The file was not taken.", { sizeBytes: "A PDF may have 50 MB." }),
    );
    await upload(pdf());
    await screen.findByText("A PDF may have 50 MB.");
    expect(screen.getByRole("alert").textContent).toContain("The file was not taken.");
  });

  const heading = () => screen.findByRole("heading", { level: 1, name: "Sari Foods Sdn Bhd" });
});
