import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { storageError, uploadFile } from "../../src/api/upload";
import { fileProblem } from "../../src/uploads";
import { xml } from "../fake/answers.ts";

class FakeRequest {
  static last: FakeRequest;
  readonly upload: { onprogress?: (event: Partial<ProgressEvent>) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  onloadend?: () => void;
  status = 0;
  responseText = "";
  sent: FormData | null = null;
  readonly open = vi.fn();

  constructor() {
    FakeRequest.last = this;
  }

  send(data: FormData): void {
    this.sent = data;
  }

  abort(): void {
    this.onabort?.();
    this.onloadend?.();
  }

  finish(status: number, text = ""): void {
    this.status = status;
    this.responseText = text;
    this.onload?.();
    this.onloadend?.();
  }
}

const FORM = {
  documentId: "1",
  url: "https://bucket.example.com/",
  fields: { key: "companies/1/licence/1-a.pdf", policy: "p" },
  expiresAt: "2026-01-12T08:00:00Z",
};
const FILE = new File(["content"], "a.pdf", { type: "application/pdf" });

describe("uploadFile", () => {
  beforeEach(() => {
    vi.stubGlobal("XMLHttpRequest", FakeRequest);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("posts the fields, then the file, and tells the progress", async () => {
    const onProgress = vi.fn();
    const done = uploadFile(FORM, FILE, onProgress, new AbortController().signal);
    const request = FakeRequest.last;
    expect(request.open).toHaveBeenCalledWith("POST", FORM.url);
    expect([...(request.sent?.keys() ?? [])]).toEqual(["key", "policy", "file"]);
    request.upload.onprogress?.({ lengthComputable: true, loaded: 30, total: 120 });
    request.finish(204);
    await done;
    expect(onProgress).toHaveBeenCalledExactlyOnceWith(0.25);
  });

  it("fails with storage's reason", async () => {
    const done = uploadFile(FORM, FILE, vi.fn(), new AbortController().signal);
    FakeRequest.last.finish(400, await xml(400, "EntityTooLarge").text());
    await expect(done).rejects.toMatchObject({
      message: "The file is larger than allowed.",
      requestId: "S3R",
    });
  });

  it("fails when the connection is lost", async () => {
    const done = uploadFile(FORM, FILE, vi.fn(), new AbortController().signal);
    FakeRequest.last.onerror?.();
    await expect(done).rejects.toMatchObject({ status: 0 });
  });

  it("stops when it is aborted, before and while it is sent", async () => {
    const controller = new AbortController();
    const done = uploadFile(FORM, FILE, vi.fn(), controller.signal);
    controller.abort(new DOMException("cancelled", "AbortError"));
    await expect(done).rejects.toThrow("cancelled");
    await expect(uploadFile(FORM, FILE, vi.fn(), controller.signal)).rejects.toThrow("cancelled");
  });
});

describe("storageError", () => {
  it("knows a form that is too old", () => {
    const body =
      "<Error><Code>AccessDenied</Code><Message>Invalid according to Policy: Policy expired.</Message></Error>";
    expect(storageError(403, body).message).toContain("took too long");
  });

  it("names the code or the status of anything else", () => {
    expect(storageError(403, "<Code>SignatureDoesNotMatch</Code>").message).toContain(
      "SignatureDoesNotMatch",
    );
    expect(storageError(500, "").message).toContain("500");
  });
});

describe("fileProblem", () => {
  it.each([
    [{ size: 1, type: "application/pdf" }, null],
    [{ size: 500_000_000, type: "video/mp4" }, null],
    [{ size: 500_000_001, type: "video/mp4" }, "at most"],
    [{ size: 0, type: "image/png" }, "empty"],
    [{ size: 1, type: "text/html" }, "Choose"],
    [{ size: 1, type: "" }, "Choose"],
  ])("judges %j", (file, sentence) => {
    if (sentence === null) expect(fileProblem(file)).toBeNull();
    else expect(fileProblem(file)).toContain(sentence);
  });
});
