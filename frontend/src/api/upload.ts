/** Uploads a file directly into storage by a pre-signed POST, with progress. */

import { ApiError } from "./problem";
import type { UploadForm } from "./types";

/** Error codes of Amazon S3 that a person can do something about ("Error responses" in the S3 API reference). */
const SENTENCES: Readonly<Record<string, string>> = {
  EntityTooLarge: "The file is larger than allowed.",
  EntityTooSmall: "The file is empty or smaller than announced.",
  SlowDown: "Storage is busy. Try again.",
};

/** Convert storage's XML response to an error. */
export function storageError(status: number, xml: string): ApiError {
  const code = /<Code>([^<]*)<\/Code>/.exec(xml)?.[1] ?? "";
  const said = /<Message>([^<]*)<\/Message>/.exec(xml)?.[1] ?? "";
  const requestId = /<RequestId>([^<]*)<\/RequestId>/.exec(xml)?.[1] ?? null;
  const hasExpired = code === "AccessDenied" && said.includes("expired");
  const message = hasExpired
    ? "The upload took too long to start. Try again."
    : (SENTENCES[code] ?? `Storage refused the file (${code || status}).`);
  return new ApiError(status, message, new Map(), requestId);
}

/**
 * Send a file. It uses XMLHttpRequest, because fetch does not report how much of a request's body was sent.
 *
 * @param onProgress - Called with the share that was sent, from 0 to 1.
 * @throws ApiError; the signal's reason if it is aborted.
 */
export function uploadFile(
  form: UploadForm,
  file: File,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const data = new FormData();
    for (const [name, value] of Object.entries(form.fields)) data.append(name, value);
    // S3 ignores fields that come after the file.
    data.append("file", file);

    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve();
      else reject(storageError(request.status, request.responseText));
    };
    request.onerror = () => reject(new ApiError(0, "The connection to storage was lost. Try again."));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.open("POST", form.url);
    request.send(data);
  });
}
