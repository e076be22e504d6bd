import {
  type ActionFunctionArgs,
  Form,
  Link,
  redirect,
  useActionData,
  useLocation,
  useSearchParams,
} from "react-router";
import type { Api } from "../api/client";
import { CredentialFields } from "../components/credential-fields";
import { FormError, SubmitButton, TextField } from "../components/field";
import { PageHeading } from "../components/page-heading";
import { credentialsOf, type FormFailure, field, nextPath, orFailure, signedOut } from "../guard";

type Outcome = FormFailure | { readonly challengeId: string } | undefined;

const REASONS: Readonly<Record<string, string>> = {
  ended: "Your session has ended. Log in again to go on where you were.",
  registered: "Your account was made. Confirm your e-mail address if you are asked to, then log in.",
};

function CodeForm({ challengeId, failure }: { challengeId: string; failure: FormFailure | undefined }) {
  const { search } = useLocation();
  return (
    <Form method="post" className="form">
      <FormError failure={failure} />
      <input type="hidden" name="challengeId" value={challengeId} />
      <TextField
        label="Code"
        hint="Six digits, from your authenticator app or your e-mail."
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9]{6}"
        required
        error={failure?.fields.code}
      />
      <div className="actions">
        <SubmitButton busy="Checking…">Go on</SubmitButton>
        <Link className="button quiet" to={{ search }} replace>
          Start over
        </Link>
      </div>
    </Form>
  );
}

function Login() {
  const outcome = useActionData() as Outcome;
  const [query] = useSearchParams();
  const { search } = useLocation();
  const failure = outcome !== undefined && "message" in outcome ? outcome : undefined;
  const challengeId =
    outcome !== undefined && "challengeId" in outcome && outcome.challengeId ? outcome.challengeId : null;
  const reason = REASONS[query.get("reason") ?? ""];
  return (
    <div className="narrow">
      <PageHeading title="Log in" />
      {reason && outcome === undefined ? (
        <p className="notice" role="status">
          {reason}
        </p>
      ) : null}
      {challengeId ? (
        <CodeForm challengeId={challengeId} failure={failure} />
      ) : (
        <Form method="post" className="form">
          <FormError failure={failure} />
          <CredentialFields failure={failure} />
          <SubmitButton busy="Logging in…">Log in</SubmitButton>
        </Form>
      )}
      <p>
        No account yet? <Link to={`/signup${search}`}>Sign up</Link>
      </p>
    </div>
  );
}

/** Send the password, or the code of the second factor. A wrong code keeps its challenge, so that it can be retyped. */
async function logIn(api: Api, form: FormData) {
  const challengeId = field(form, "challengeId");
  if (challengeId === "") {
    return orFailure(() => api.login(credentialsOf(form)));
  }
  const result = await orFailure(() => api.verifyMfa(challengeId, field(form, "code")).then(() => null));
  return result === null ? null : { ...result, data: { ...result.data, challengeId } };
}

export function page(api: Api) {
  return {
    Component: Login,
    loader: signedOut(api),
    action: async ({ request }: ActionFunctionArgs) => {
      const result = await logIn(api, await request.formData());
      return result === null ? redirect(nextPath(new URL(request.url))) : result;
    },
  };
}
