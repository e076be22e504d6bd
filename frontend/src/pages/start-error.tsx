import { ConfigError } from "../config";

/** Shown if the site cannot start; at this point there is no router and no API. */
export function StartError({ error }: { error: unknown }) {
  return (
    <main className="message-page">
      <h1>The site cannot start</h1>
      <p role="alert">{error instanceof ConfigError ? error.message : "This is a mistake in the site."}</p>
      <button type="button" className="button primary" onClick={() => window.location.reload()}>
        Try again
      </button>
    </main>
  );
}
