import { Link } from "react-router";
import { Icon, type IconName } from "../components/icon";
import { PageHeading } from "../components/page-heading";
import { VerifyForm } from "../components/verify-form";
import { useCurrentUser, useSignedIn } from "../context";

const TASKS: readonly { to: string; icon: IconName; title: string; text: string }[] = [
  { to: "/companies", icon: "company", title: "Companies", text: "Register companies and look them up." },
  {
    to: "/certificates",
    icon: "certificate",
    title: "Certificates",
    text: "Search by number, scheme or state.",
  },
  { to: "/documents", icon: "document", title: "Documents", text: "Hand in licences, recipes and evidence." },
];

/** A drawing of a certificate with a seal; decoration only. */
function Picture() {
  return (
    <svg className="hero-picture" viewBox="0 0 240 280" aria-hidden="true">
      <rect className="paper" x="10" y="10" width="220" height="260" rx="14" />
      <path className="ink title" d="M40 58h110" />
      <path className="ink" d="M40 92h160M40 116h160M40 140h120M40 232h60" />
      <circle className="seal" cx="168" cy="206" r="38" />
      <path className="tick" d="m151 207 12 12 23-25" />
    </svg>
  );
}

function Home() {
  const isSignedIn = useSignedIn();
  const user = useCurrentUser();
  const title = user ? `Welcome, ${user.fullName}` : "Certificates that anybody can check";
  return (
    <>
      <section className="hero">
        <div>
          <PageHeading title={title} />
          <p className="lead">
            Type the number that is printed on a package or a certificate, and see what the register says
            about it.
          </p>
          <VerifyForm />
          {isSignedIn ? null : (
            <p className="hero-note">
              You make or sell certified goods? <Link to="/signup">Create an account</Link> for your company.
            </p>
          )}
        </div>
        <Picture />
      </section>
      <ul className="tiles" aria-label="What you can do here">
        {TASKS.map((task) => (
          <li key={task.to}>
            <Link className="tile" to={task.to}>
              <Icon name={task.icon} />
              <span className="tile-title">{task.title}</span>
              <span className="tile-text">{task.text}</span>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

export const page = { Component: Home };
