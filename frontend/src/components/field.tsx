import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  useEffect,
  useId,
  useRef,
} from "react";
import { useNavigation } from "react-router";
import type { FormFailure } from "../guard";
import { Alert } from "./states";

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
}

/** Label, hint and error of a control, linked to it for screen readers. */
function Labelled({
  label,
  hint,
  error,
  id,
  children,
}: FieldProps & { readonly id: string; readonly children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint ? (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  );
}

function described(id: string, { hint, error }: FieldProps) {
  const ids = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return { id, "aria-describedby": ids || undefined, "aria-invalid": error ? true : undefined };
}

type InputProps = FieldProps & Omit<InputHTMLAttributes<HTMLInputElement>, "id">;

export function TextField({ label, hint, error, ...input }: InputProps) {
  const id = useId();
  const props: FieldProps = { label, hint, error };
  return (
    <Labelled {...props} id={id}>
      <input {...input} {...described(id, props)} />
    </Labelled>
  );
}

type SelectProps = FieldProps & Omit<SelectHTMLAttributes<HTMLSelectElement>, "id">;

export function SelectField({ label, hint, error, children, ...select }: SelectProps) {
  const id = useId();
  const props: FieldProps = { label, hint, error };
  return (
    <Labelled {...props} id={id}>
      <select {...select} {...described(id, props)}>
        {children}
      </select>
    </Labelled>
  );
}

/** The reason why the form was refused; the first field with an error gets the focus. */
export function FormError({ failure }: { failure: FormFailure | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (failure === undefined) return;
    place.current?.closest("form")?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [failure]);
  return <div ref={place}>{failure === undefined ? null : <Alert error={failure} />}</div>;
}

/** A form's button. While the form is being sent, it shows the text `busy` and cannot be pressed again. */
export function SubmitButton({ children, busy }: { children: ReactNode; busy: string }) {
  const isSending = useNavigation().state === "submitting";
  return (
    <button type="submit" className="button primary" disabled={isSending}>
      {isSending ? busy : children}
    </button>
  );
}
