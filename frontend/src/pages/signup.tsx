import {
  type ActionFunctionArgs,
  Form,
  Link,
  type LoaderFunctionArgs,
  redirect,
  useActionData,
  useLocation,
} from "react-router";
import type { Api } from "../api/client";
import { ApiError } from "../api/problem";
import { FormError, SubmitButton, TextField } from "../components/field";
import { PageHeading } from "../components/page-heading";
import { type FormFailure, field, nextPath, orFailure } from "../guard";

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
          hint="At least 12 characters. A few words in a row are easy to remember."
          name="password"
          type="password"
          autoComplete="new-password"
          minLength={12}
          maxLength={128}
          required
          error={failure?.fields.password}
        />
        <SubmitButton busy="Making the account…">Create the account</SubmitButton>
      </Form>
      <p>
        You have an account? <Link to={`/login${search}`}>Log in</Link>
      </p>
    </div>
  );
}

/** Make the account and log in with it; where it must be confirmed first, the login page says so. */
async function signUp(api: Api, form: FormData, url: URL): Promise<Response> {
  const credentials = { email: field(form, "email"), password: String(form.get("password") ?? "") };
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
    loader: ({ request }: LoaderFunctionArgs) =>
      api.session.signedIn ? redirect(nextPath(new URL(request.url))) : null,
    action: async ({ request }: ActionFunctionArgs) => {
      const form = await request.formData();
      return orFailure(() => signUp(api, form, new URL(request.url)));
    },
  };
}
