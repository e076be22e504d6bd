import { Link, NavLink, Outlet, ScrollRestoration, useNavigate, useNavigation } from "react-router";
import { useApi, useCurrentUser, useSignedIn } from "../context";
import { SITE_NAME } from "../site";
import { useWaiting } from "../waiting";
import { Icon, type IconName } from "./icon";

const PAGES: readonly { readonly to: string; readonly label: string; readonly icon: IconName }[] = [
  { to: "/companies", label: "Companies", icon: "company" },
  { to: "/certificates", label: "Certificates", icon: "certificate" },
  { to: "/documents", label: "Documents", icon: "document" },
  { to: "/platform", label: "Platform", icon: "platform" },
];

function Account() {
  const api = useApi();
  const isSignedIn = useSignedIn();
  const user = useCurrentUser();
  const navigate = useNavigate();
  if (!isSignedIn) {
    return (
      <div className="account">
        <Link className="button quiet" to="/login">
          Log in
        </Link>
        <Link className="button primary" to="/signup">
          Sign up
        </Link>
      </div>
    );
  }
  const logOut = async () => {
    await api.logout();
    await navigate("/");
  };
  return (
    <div className="account">
      {user ? <span className="account-name">{user.fullName}</span> : null}
      <button type="button" className="button quiet" onClick={logOut}>
        Log out
      </button>
    </div>
  );
}

/** Shows that the site is busy: a bar while a page loads, and a sentence while a call waits for its next attempt. */
function Activity() {
  const isNavigating = useNavigation().state !== "idle";
  const isWaiting = useWaiting();
  return (
    <>
      <div className={isNavigating ? "progress-bar active" : "progress-bar"} aria-hidden="true" />
      <div role="status">
        {isWaiting ? <p className="waiting">The service is busy. Trying again…</p> : null}
      </div>
    </>
  );
}

/** The header, navigation and footer of all pages. */
export function Layout() {
  const { config } = useApi();
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="site-header">
        <div className="site-header-inner">
          <Link className="brand" to="/">
            <img src="/favicon.svg" alt="" width="28" height="28" />
            {SITE_NAME}
          </Link>
          <nav aria-label="Pages">
            {PAGES.map((page) => (
              <NavLink key={page.to} to={page.to}>
                <Icon name={page.icon} />
                {page.label}
              </NavLink>
            ))}
          </nav>
          <Account />
        </div>
        <Activity />
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <footer className="site-footer">
        <p>
          {SITE_NAME} · stack <strong>{config.stack}</strong>
        </p>
        <Link to="/platform">How the platform is doing</Link>
      </footer>
      <ScrollRestoration />
    </>
  );
}
