import { type ActionFunctionArgs, Form, Link, redirect, useActionData, useLocation } from "react-router";
import type { Api } from "../api/client";
import { ApiError } from "../api/problem";
import { CredentialFields } from "../components/credential-fields";
import { FormError, SubmitButton, TextField } from "../components/field";
import { PageHeading } from "../components/page-heading";
import { credentialsOf, type FormFailure, field, nextPath, orFailure, signedOut } from "../guard";

function SignUp() {
  const failure = useActionData() as FormFailure | undefined;
  const { search } = useLocation();
  return (
    <div className="narrow">
      <PageHeading title="Sign up" />
      <Form method="post" className="form">
        <FormError failure={failure} />
        <TextField
          label="Your name"
          name="fullName"
          autoComplete="name"
          maxLength={120}
          required
          error={failure?.fields.fullName}
        />
        <CredentialFields isNew failure={failure} />
        <SubmitButton busy="Making the account…">Create the account</SubmitButton>
      </Form>
      <p>
        You have an account? <Link to={`/login${search}`}>Log in</Link>
      </p>
    </div>
  );
}

/** Create the account and log in. If it must be confirmed first, the login page says so. */
async function signUp(api: Api, form: FormData, url: URL): Promise<Response> {
  const credentials = credentialsOf(form);
  await api.register({ ...credentials, fullName: field(form, "fullName") });
  const next = nextPath(url);
  try {
    if ((await api.login(credentials)) === null) return redirect(next);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
  return redirect(`/login?${new URLSearchParams({ next, reason: "registered" })}`);
}

export function page(api: Api) {
  return {
    Component: SignUp,
    loader: signedOut(api),
    action: async ({ request }: ActionFunctionArgs) => {
      const form = await request.formData();
      return orFailure(() => signUp(api, form, new URL(request.url)));
    },
  };
}
