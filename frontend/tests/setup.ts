import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A page that is late on a busy machine is no failure.
configure({ asyncUtilTimeout: 10_000 });
// jsdom has no layout to scroll.
window.scrollTo = () => undefined;

afterEach(() => {
  cleanup();
  window.sessionStorage.clear();
});
