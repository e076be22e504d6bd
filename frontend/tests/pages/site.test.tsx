import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { json, problem } from "../fake/answers.ts";
import { CERTIFICATES, COMPANIES, RELEASE } from "../fake/data.ts";
import { CREDENTIALS, openSite } from "./site";

const heading = (name: string | RegExp) => screen.findByRole("heading", { level: 1, name });
const [SARI] = COMPANIES;

describe("signing in", () => {
  it("leads to the login page and back to where one wanted to go", async () => {
    const { user, router } = await openSite("/companies?q=sari");
    await heading("Log in");
    await user.type(screen.getByLabelText("E-mail"), CREDENTIALS.email);
    await user.type(screen.getByLabelText("Password"), CREDENTIALS.password);
    await user.click(within(screen.getByRole("main")).getByRole("button", { name: "Log in" }));
    await heading("Companies");
    expect(router.state.location).toMatchObject({ pathname: "/companies", search: "?q=sari" });
    expect(await screen.findByText("Aisyah Rahman")).toBeTruthy();
    expect(screen.getAllByRole("link", { name: /Sari Foods/ })).toHaveLength(1);
  });

  it("says what is wrong and keeps what was typed", async () => {
    const { user } = await openSite("/login");
    await user.type(await screen.findByLabelText("E-mail"), CREDENTIALS.email);
    await user.type(screen.getByLabelText("Password"), "wrong{Enter}");
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The e-mail or the password is wrong.");
    expect(alert.textContent).toContain("req-0001");
    expect(screen.getByLabelText("E-mail")).toHaveProperty("value", CREDENTIALS.email);
  });

  it("asks for the code of a second factor, again after a wrong one", async () => {
    const { user, api } = await openSite("/signup");
    await user.type(await screen.findByLabelText("Your name"), "Musa");
    await user.type(screen.getByLabelText("E-mail"), "mfa@example.com");
    await user.type(screen.getByLabelText("Password"), "correct horse battery{Enter}");
    await heading("Log in");
    await user.type(screen.getByLabelText("E-mail"), "mfa@example.com");
    await user.type(screen.getByLabelText("Password"), "correct horse battery{Enter}");
    await user.type(await screen.findByLabelText("Code"), "999999{Enter}");
    expect((await screen.findByRole("alert")).textContent).toContain("The code is wrong.");
    await user.clear(screen.getByLabelText("Code"));
    await user.type(screen.getByLabelText("Code"), "123456{Enter}");
    await heading("Welcome, Musa");
    expect(api.session.signedIn).toBe(true);
  });

  it("signs up and is signed in", async () => {
    const { user, fake } = await openSite("/signup?next=%2Fdocuments");
    await user.type(await screen.findByLabelText("Your name"), "Musa");
    await user.type(screen.getByLabelText("E-mail"), "musa@example.com");
    await user.type(screen.getByLabelText("Password"), "correct horse battery{Enter}");
    await heading("Documents");
    expect(fake.log).toContain("POST /auth/register");
  });

  it("shows an error at its field and puts the focus there", async () => {
    const { user } = await openSite("/signup");
    await user.type(await screen.findByLabelText("Your name"), "Aisyah");
    await user.type(screen.getByLabelText("E-mail"), CREDENTIALS.email);
    await user.type(screen.getByLabelText("Password"), "correct horse battery{Enter}");
    await screen.findByText("This e-mail is taken.");
    const field = screen.getByLabelText("E-mail");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
      "This e-mail is taken.",
    );
    await waitFor(() => expect(document.activeElement).toBe(field));
  });

  it("logs out and forgets who it was", async () => {
    const { user, fake, api } = await openSite("/companies", { signedIn: true });
    await user.click(await screen.findByRole("button", { name: "Log out" }));
    await heading("Certificates that anybody can check");
    expect(fake.log).toContain("POST /auth/logout");
    expect(api.session.signedIn).toBe(false);
    expect(screen.queryByText("Aisyah Rahman")).toBeNull();
  });

  it("logs out even when the API cannot be reached", async () => {
    const { user, fake, api } = await openSite("/companies", { signedIn: true });
    await heading("Companies");
    fake.interrupt("/auth/logout", () => problem(500, "Broken."));
    await user.click(screen.getByRole("button", { name: "Log out" }));
    await heading("Certificates that anybody can check");
    expect(api.session.signedIn).toBe(false);
  });
});

describe("a session that ends", () => {
  it("is renewed without anybody noticing", async () => {
    const { fake, user } = await openSite("/companies", { signedIn: true });
    await heading("Companies");
    fake.endAccessTokens();
    await user.click(screen.getByRole("link", { name: "Certificates" }));
    await heading("Certificates");
    expect(fake.log.filter((entry) => entry === "POST /auth/refresh")).toHaveLength(1);
  });

  it("asks to log in again when it cannot be renewed", async () => {
    const { fake, user, router } = await openSite("/companies", { signedIn: true });
    await heading("Companies");
    fake.endSessions();
    await user.click(screen.getByRole("link", { name: "Certificates" }));
    await heading("Log in");
    expect(screen.getByText(/Your session has ended/)).toBeTruthy();
    expect(router.state.location.search).toContain("next=%2Fcertificates");
  });
});

describe("companies", () => {
  it("come in pages", async () => {
    const { user } = await openSite("/companies", { signedIn: true });
    const list = await screen.findByRole("list", { name: "Companies" });
    expect(within(list).getAllByRole("listitem")).toHaveLength(20);
    await user.click(screen.getByRole("button", { name: "Show more" }));
    await waitFor(() => expect(within(list).getAllByRole("listitem")).toHaveLength(COMPANIES.length));
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  it("keep what is there when the next page fails", async () => {
    const { user, fake } = await openSite("/companies", { signedIn: true });
    const list = await screen.findByRole("list", { name: "Companies" });
    fake.interrupt("/companies", () => problem(500, "Broken."));
    await user.click(screen.getByRole("button", { name: "Show more" }));
    expect((await screen.findByRole("alert")).textContent).toContain("Broken.");
    expect(within(list).getAllByRole("listitem")).toHaveLength(20);
    expect(screen.getByRole("button", { name: "Show more" })).toHaveProperty("disabled", false);
  });

  it("are searched, also for what nobody has", async () => {
    const { user, router } = await openSite("/companies", { signedIn: true });
    await user.type(await screen.findByRole("searchbox", { name: "Search companies" }), "cosmetics{Enter}");
    await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(1));
    expect(router.state.location.search).toBe("?q=cosmetics");
    await user.type(screen.getByRole("searchbox"), " from the moon{Enter}");
    expect(await screen.findByText("No company matches “cosmetics from the moon”.")).toBeTruthy();
  });

  it("are registered, with errors of nested fields at their place", async () => {
    const { user, fake } = await openSite("/companies/new", { signedIn: true });
    await user.type(await screen.findByLabelText("Name"), "New Foods");
    await user.type(screen.getByLabelText("Registration number"), "4711");
    await user.type(screen.getByLabelText("Street and number"), "Jalan");
    await user.type(screen.getByLabelText("City"), "Ipoh");
    await user.selectOptions(screen.getByLabelText("Country"), "MY");
    await user.click(screen.getByRole("button", { name: "Register the company" }));
    await screen.findByText("Give a house number.");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Street and number")));
    await user.type(screen.getByLabelText("Street and number"), " 12");
    await user.click(screen.getByRole("button", { name: "Register the company" }));
    await heading("New Foods");
    expect(fake.companies[0]).toMatchObject({
      name: "New Foods",
      address: { line1: "Jalan 12", country: "MY" },
    });
  });

  it("show their certificates and documents", async () => {
    await openSite(`/companies/${SARI?.id}`, { signedIn: true });
    await heading("Sari Foods Sdn Bhd");
    expect(within(screen.getByRole("list", { name: "Certificates" })).getAllByRole("listitem")).toHaveLength(
      2,
    );
    expect(screen.getByText("trade-licence-2026.pdf")).toBeTruthy();
    expect(screen.getByRole("link", { name: "sari-foods.example" })).toBeTruthy();
  });

  it("never link to what is no web address", async () => {
    const { fake, router } = await openSite("/", { signedIn: true });
    fake.companies.unshift({
      ...(SARI as (typeof COMPANIES)[number]),
      id: "bad",
      website: "javascript:alert(1)",
    });
    await router.navigate("/companies/bad");
    await screen.findByText("javascript:alert(1)");
    expect(screen.queryByRole("link", { name: /javascript/ })).toBeNull();
  });
});

describe("certificates", () => {
  it("are searched by words and state, by an address that can be sent to others", async () => {
    const { user, router } = await openSite("/certificates?q=slaughter", { signedIn: true });
    expect(await screen.findAllByRole("listitem")).toHaveLength(1);
    await user.clear(screen.getByRole("searchbox"));
    await user.selectOptions(screen.getByLabelText("State"), "revoked");
    await user.click(screen.getByRole("button", { name: "Search" }));
    await screen.findByRole("link", { name: /HS-2026-000126/ });
    expect(screen.getAllByRole("listitem")).toHaveLength(1);
    expect(router.state.location.search).toBe("?q=&status=revoked");
  });

  it.each([
    ["HS-2026-000123", "This certificate is valid."],
    ["HS-2026-000126", "This certificate was revoked."],
    ["HS-2026-999999", "The register has no certificate with this number."],
  ])("are checked by anybody: %s", async (number, verdict) => {
    await openSite(`/verify/${number}`);
    await heading(`Certificate ${number}`);
    expect(screen.getByText(verdict)).toBeTruthy();
  });

  it("are checked from the start page, in any case of letters", async () => {
    const { user, router } = await openSite("/");
    await user.type(await screen.findByLabelText("Certificate number"), " hs-2026-000123 {Enter}");
    await screen.findByText("This certificate is valid.");
    expect(router.state.location.pathname).toBe("/verify/HS-2026-000123");
  });

  it("lead to their company", async () => {
    const { user } = await openSite(`/certificates/${CERTIFICATES[0]?.id}`, { signedIn: true });
    await user.click(await screen.findByRole("link", { name: "Show the company" }));
    await heading("Sari Foods Sdn Bhd");
  });
});

describe("errors", () => {
  it("lets a page be tried again", async () => {
    const { user, fake, router } = await openSite("/", { signedIn: true });
    fake.interrupt("/companies", () => problem(500, "The database is away."));
    await router.navigate("/companies");
    await heading("The service has a problem");
    expect(screen.getByRole("alert").textContent).toBe("The database is away.");
    expect(screen.getByText("Reference: req-0001")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await heading("Companies");
  });

  it("says how long to wait when that is long", async () => {
    const { fake, router } = await openSite("/", { signedIn: true });
    fake.interrupt("/companies", () => problem(429, "Too many requests.", {}, { "Retry-After": "60" }));
    await router.navigate("/companies");
    await heading("The service is busy");
    expect(screen.getByRole("alert").textContent).toContain("Try again in 60 seconds.");
  });

  it("says that it waits while it waits, and goes on by itself", async () => {
    let goOn: () => void = () => undefined;
    const sleep = () => new Promise<void>((resolve) => (goOn = resolve));
    const { fake, router } = await openSite("/", { signedIn: true, sleep });
    await heading(/Welcome/);
    fake.interrupt("/companies", () => problem(503, "Draining.", {}, { "Retry-After": "1" }));
    const arrived = router.navigate("/companies");
    await screen.findByText("The service is busy. Trying again…");
    goOn();
    await arrived;
    await heading("Companies");
    expect(screen.queryByText("The service is busy. Trying again…")).toBeNull();
  });

  it.each(["/there/is/no/such/page", "/companies/none"])(
    "answers %s with a page of its own",
    async (path) => {
      await openSite(path, { signedIn: true });
      await heading("Page not found");
      expect(document.title).toContain("Page not found");
    },
  );
});

describe("the platform page", () => {
  it("shows the task that answered", async () => {
    await openSite("/platform");
    await heading("Platform");
    expect(await screen.findAllByText("3f1c9a52e7d84b06")).toHaveLength(2);
    expect(screen.getAllByText("Spot").length).toBeGreaterThan(0);
    expect(screen.getAllByText("eu-west-1a").length).toBeGreaterThan(0);
    expect(screen.getAllByText("5d0c1e7a9b3f").length).toBeGreaterThan(0);
  });

  it("does not guess whether a task of Fargate is Spot", async () => {
    const { fake, router } = await openSite("/");
    await heading(/Certificates/);
    const task = {
      task: "cd189a933e58",
      zone: "eu-west-1c",
      launchType: "FARGATE",
      capacityProvider: "unknown",
    };
    fake.interrupt("/health", () => json(200, { status: "ok", release: RELEASE, ...task }));
    await router.navigate("/platform");
    await heading("Platform");
    expect(await screen.findAllByText("cd189a933e58")).toHaveLength(2);
    expect(screen.getAllByText("eu-west-1c")).toHaveLength(2);
    expect(screen.getAllByText("Unknown (Fargate)")).toHaveLength(2);
  });

  it("shows unknown for what a task does not say", async () => {
    const { fake, router } = await openSite("/");
    await heading(/Certificates/);
    fake.interrupt("/health", () => json(200, { status: "ok", release: "1.4.0" }));
    await router.navigate("/platform");
    await heading("Platform");
    expect(await screen.findAllByText("1.4.0")).toHaveLength(2);
    expect(screen.getAllByText("Unknown").length).toBeGreaterThanOrEqual(3);
  });

  it("says so when nothing answers", async () => {
    const { fake, router } = await openSite("/");
    await heading(/Certificates/);
    fake.interrupt("/health", () => problem(503, "Down."));
    await router.navigate("/platform");
    await heading("Platform");
    expect(await screen.findByText("No answer", { selector: ".status" })).toBeTruthy();
  });
});
