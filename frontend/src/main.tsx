import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, RouterProvider } from "react-router";
import { Api } from "./api/client";
import { sleep } from "./api/sleep";
import { loadConfig } from "./config";
import { ApiContext } from "./context";
import { reloadForNewRelease } from "./new-release";
import { StartError } from "./pages/start-error";
import { routes } from "./routes";
import "./styles/index.css";
import { changeWaiting } from "./waiting";

const container = document.getElementById("root");
if (container === null) throw new Error("index.html has no element with the id 'root'");
const root = createRoot(container);
window.addEventListener("vite:preloadError", reloadForNewRelease);

try {
  const config = await loadConfig(import.meta.env);
  const transport = { fetch: window.fetch.bind(window), sleep, onWait: changeWaiting };
  const api = new Api(config, transport, window.sessionStorage);
  root.render(
    <StrictMode>
      <ApiContext value={api}>
        <RouterProvider router={createBrowserRouter(routes(api))} />
      </ApiContext>
    </StrictMode>,
  );
} catch (error) {
  root.render(<StartError error={error} />);
}
