import type { FormFailure } from "../guard";
import { TextField } from "./field";

interface CredentialFieldsProps {
  /** Whether the person chooses a new password. */
  readonly isNew?: boolean;
  readonly failure: FormFailure | undefined;
}

/** The fields for e-mail and password; `credentialsOf` reads them. */
export function CredentialFields({ isNew = false, failure }: CredentialFieldsProps) {
  const chosen = isNew
    ? { minLength: 12, hint: "At least 12 characters. A few words in a row are easy to remember." }
    : {};
  return (
    <>
      <TextField
        label="E-mail"
        name="email"
        type="email"
        autoComplete="username"
        maxLength={254}
        required
        error={failure?.fields.email}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete={isNew ? "new-password" : "current-password"}
        maxLength={128}
        required
        {...chosen}
        error={failure?.fields.password}
      />
    </>
  );
}
