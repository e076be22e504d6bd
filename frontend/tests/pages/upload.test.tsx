import { fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { uploadFile } from "../../src/api/upload";
import { problem } from "../fake/answers.ts";
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
  async function open() {
    const site = await openSite(PATH, { signedIn: true });
    // Storage takes the file, unless the test says otherwise.
    sending.mockImplementation(async (form) => {
      site.fake.stored.add(form.documentId);
    });
    const upload = async (file: File) => {
      await site.user.upload(await screen.findByLabelText("File"), file);
      await site.user.selectOptions(screen.getByLabelText("Kind"), "licence");
      submit();
    };
    return { ...site, upload };
  }

  it("shows how far it is and that it is done", async () => {
    let finish: () => void = () => undefined;
    const { upload, fake } = await open();
    sending.mockImplementation(async (form, _file, onProgress) => {
      onProgress(0.425);
      await new Promise<void>((resolve) => (finish = resolve));
      fake.stored.add(form.documentId);
    });
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
    await screen.findByRole("button", { name: "Download halal-licence.pdf" });
  });

  it("is for the company of the page", async () => {
    const { upload, fake } = await open();
    await upload(pdf());
    await screen.findByText("halal-licence.pdf was uploaded.");
    expect(fake.documents[0]).toMatchObject({ companyId: COMPANIES[0]?.id, kind: "licence", sizeBytes: 7 });
  });

  it("can be cancelled", async () => {
    const { upload, user, fake } = await open();
    sending.mockImplementation(
      (_form, _file, _onProgress, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    );
    await upload(pdf());
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("progressbar")).toBeNull());
    expect(fake.log).not.toContain("POST /documents");
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

  it("tells the API again when it did not hear that the file is there", async () => {
    const { upload, fake } = await open();
    await upload(pdf());
    await screen.findByText("halal-licence.pdf was uploaded.");
    fake.interrupt("/documents", () => problem(502, "Away."));
    await upload(pdf());
    await waitFor(() => expect(fake.documents).toHaveLength(3));
    expect(fake.log.filter((entry) => entry === "POST /documents")).toHaveLength(3);
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
