import { describe, expect, it, vi } from "vitest";
import { ApiError } from "../../src/api/problem";
import { Session } from "../../src/api/session";
import type { Tokens } from "../../src/api/types";
import { memoryStorage } from "./memory-storage";

const tokens = (number: number): Tokens => ({
  kind: "tokens",
  accessToken: `access-${number}`,
  refreshToken: `refresh-${number}`,
  expiresInSeconds: 900,
});

function setUp(renew: (refreshToken: string) => Promise<Tokens>, storage = memoryStorage()) {
  const clock = { now: 0 };
  const session = new Session(renew, storage, () => clock.now);
  return { session, clock, storage };
}

describe("Session", () => {
  it("keeps the access token out of storage", () => {
    const { session, storage } = setUp(vi.fn());
    session.begin(tokens(1));
    expect([...storage.values.values()]).toEqual(["refresh-1"]);
    expect(session.signedIn).toBe(true);
  });

  it("uses a token until shortly before its end, then renews it", async () => {
    const renew = vi.fn(async () => tokens(2));
    const { session, clock } = setUp(renew);
    session.begin(tokens(1));
    clock.now = 869_000;
    expect(await session.accessToken()).toBe("access-1");
    clock.now = 871_000;
    expect(await session.accessToken()).toBe("access-2");
    expect(renew).toHaveBeenCalledExactlyOnceWith("refresh-1");
  });

  it("goes on after a reload", async () => {
    const before = setUp(vi.fn());
    before.session.begin(tokens(1));
    const { session } = setUp(async () => tokens(2), before.storage);
    expect(session.signedIn).toBe(true);
    expect(await session.accessToken()).toBe("access-2");
  });

  it("renews once for all that ask at the same time: a refresh token works once", async () => {
    const renew = vi.fn(async () => tokens(2));
    const { session } = setUp(renew);
    session.begin(tokens(1));
    const given = await Promise.all([1, 2, 3].map(() => session.accessToken("access-1")));
    expect(given).toEqual(["access-2", "access-2", "access-2"]);
    expect(renew).toHaveBeenCalledOnce();
  });

  it("does not renew again for a late refusal of the token before", async () => {
    const renew = vi.fn(async () => tokens(2));
    const { session } = setUp(renew);
    session.begin(tokens(1));
    await session.accessToken("access-1");
    expect(await session.accessToken("access-1")).toBe("access-2");
    expect(renew).toHaveBeenCalledOnce();
  });

  it("ends when the API refuses to renew it, and tells the page", async () => {
    const { session } = setUp(() => Promise.reject(new ApiError(401, "No.")));
    session.begin(tokens(1));
    const listener = vi.fn();
    session.subscribe(listener);
    await expect(session.accessToken("access-1")).rejects.toMatchObject({ status: 401 });
    expect(session.signedIn).toBe(false);
    expect(listener).toHaveBeenCalledOnce();
  });

  it.each([0, 403, 429, 500, 503])("survives a failure of another kind: %d", async (status) => {
    const { session } = setUp(() => Promise.reject(new ApiError(status, "Later.")));
    session.begin(tokens(1));
    await expect(session.accessToken("access-1")).rejects.toMatchObject({ status });
    expect(session.signedIn).toBe(true);
  });

  it("stays ended when somebody signs out while it is being renewed", async () => {
    let finish: (renewed: Tokens) => void = () => undefined;
    const { session } = setUp(() => new Promise((resolve) => (finish = resolve)));
    session.begin(tokens(1));
    const asked = session.accessToken("access-1");
    session.end();
    finish(tokens(2));
    await expect(asked).rejects.toMatchObject({ status: 401 });
    expect(session.signedIn).toBe(false);
  });
});
