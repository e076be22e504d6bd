import { type SyntheticEvent, useEffect, useRef, useState } from "react";
import { useRevalidator } from "react-router";
import { ApiError } from "../api/problem";
import { DOCUMENT_KINDS } from "../api/types";
import { useApi } from "../context";
import { fileProblem, UPLOAD_TYPES, uploadDocument } from "../uploads";
import { SelectField, TextField } from "./field";
import { Icon } from "./icon";
import { Alert } from "./states";
import { WordOptions } from "./word-options";

type State =
  | { readonly name: "ready" }
  | { readonly name: "sending"; readonly fileName: string; readonly share: number }
  | { readonly name: "done"; readonly fileName: string }
  | { readonly name: "failed"; readonly error: ApiError };

interface UploadPanelProps {
  /** Companies that the document can belong to; if there is only one, no choice is shown. */
  readonly companies: readonly { readonly companyId: string; readonly name: string }[];
}

function Sending({ state, onCancel }: { state: State & { name: "sending" }; onCancel: () => void }) {
  const percent = Math.floor(state.share * 100);
  return (
    <div className="upload-progress">
      <label htmlFor="upload-progress">Uploading {state.fileName}</label>
      <progress id="upload-progress" max={100} value={percent} />
      <span className="upload-percent" aria-hidden="true">
        {percent} %
      </span>
      <button type="button" className="button small" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

/** The form that uploads one document directly into storage. */
export function UploadPanel({ companies }: UploadPanelProps) {
  const api = useApi();
  const revalidator = useRevalidator();
  const [state, setState] = useState<State>({ name: "ready" });
  const [fileError, setFileError] = useState<string | null>(null);
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);

  const send = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    const input = form.elements.namedItem("file");
    const file = input instanceof HTMLInputElement ? input.files?.[0] : undefined;
    const kind = DOCUMENT_KINDS.find((known) => known === data.get("kind"));
    const companyId = companies.length === 1 ? companies[0]?.companyId : String(data.get("companyId"));
    if (file === undefined || kind === undefined || companyId === undefined) return;
    const problem = fileProblem(file);
    setFileError(problem);
    if (problem !== null) return;

    const controller = new AbortController();
    aborter.current = controller;
    const onProgress = (share: number) => setState({ name: "sending", fileName: file.name, share });
    onProgress(0);
    try {
      await uploadDocument(api, { file, kind, companyId }, onProgress, controller.signal);
      setState({ name: "done", fileName: file.name });
      form.reset();
      await revalidator.revalidate();
    } catch (failure) {
      if (controller.signal.aborted) {
        setState({ name: "ready" });
      } else if (failure instanceof ApiError) {
        setState({ name: "failed", error: failure });
      } else {
        throw failure;
      }
    }
  };
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    await send(event.currentTarget);
  };
  const fieldErrors = state.name === "failed" ? state.error.fields : new Map<string, string>();
  const fileFieldError =
    fileError ??
    fieldErrors.get("contentType") ??
    fieldErrors.get("sizeBytes") ??
    fieldErrors.get("fileName");
  return (
    <section className="panel" aria-labelledby="upload-title">
      <h2 id="upload-title">Upload a document</h2>
      <form className="form upload-form" onSubmit={submit}>
        <TextField
          label="File"
          hint="PDF, JPEG, PNG or MP4, at most 500 MB."
          name="file"
          type="file"
          accept={UPLOAD_TYPES.join(",")}
          required
          error={fileFieldError}
        />
        <SelectField label="Kind" name="kind" required defaultValue="" error={fieldErrors.get("kind")}>
          <option value="" disabled>
            Choose a kind
          </option>
          <WordOptions values={DOCUMENT_KINDS} />
        </SelectField>
        {companies.length > 1 ? (
          <SelectField label="Company" name="companyId" required error={fieldErrors.get("companyId")}>
            {companies.map((company) => (
              <option key={company.companyId} value={company.companyId}>
                {company.name}
              </option>
            ))}
          </SelectField>
        ) : null}
        <button type="submit" className="button primary" disabled={state.name === "sending"}>
          <Icon name="upload" />
          Upload
        </button>
      </form>
      {state.name === "sending" ? (
        <Sending state={state} onCancel={() => aborter.current?.abort(new DOMException("", "AbortError"))} />
      ) : null}
      <div role="status">
        {state.name === "done" ? <p className="notice good">{state.fileName} was uploaded.</p> : null}
      </div>
      {state.name === "failed" ? <Alert error={state.error} /> : null}
    </section>
  );
}
