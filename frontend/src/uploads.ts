/** Checks files before an upload, and uploads them. The API and storage check them again. */

import type { Api } from "./api/client";
import type { DocumentKind } from "./api/types";
import { uploadFile } from "./api/upload";
import { sizeText } from "./format";

/** `UploadRequest.contentType` and `sizeBytes` of the API's document. */
export const UPLOAD_TYPES = ["application/pdf", "image/jpeg", "image/png", "video/mp4"] as const;
export const MAX_UPLOAD_BYTES = 500_000_000;

/** @returns The problem of a file; null if it may be uploaded. */
export function fileProblem(file: Pick<File, "size" | "type">): string | null {
  if (!UPLOAD_TYPES.some((type) => type === file.type))
    return "Choose a PDF, a JPEG or PNG image, or an MP4 video.";
  if (file.size === 0) return "The file is empty.";
  if (file.size > MAX_UPLOAD_BYTES) {
    return `The file has ${sizeText(file.size)}; at most ${sizeText(MAX_UPLOAD_BYTES)} are allowed.`;
  }
  return null;
}

/**
 * Get a form from the API, send the file to storage with it, and tell the API that the file is there.
 *
 * @throws ApiError; the signal's reason if it is aborted.
 */
export async function uploadDocument(
  api: Api,
  upload: { readonly file: File; readonly kind: DocumentKind; readonly companyId: string },
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { file, kind, companyId } = upload;
  const form = await api.createUpload(
    { fileName: file.name, contentType: file.type, sizeBytes: file.size, kind, companyId },
    signal,
  );
  await uploadFile(form, file, onProgress, signal);
  await api.recordDocument(form.documentId, signal);
}
