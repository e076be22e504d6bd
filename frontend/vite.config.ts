import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { fakeApi } from "./tests/fake/plugin.ts";

export default defineConfig(({ mode }) => ({
  // `npm run dev:fake` and `npm run preview:fake`: the site with an API of its own, in memory.
  plugins: [react(), mode === "fake" ? fakeApi() : null],
  build: {
    outDir: "dist",
    target: "baseline-widely-available",
    sourcemap: false,
    // As data: URLs files would need a laxer Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        minify: { compress: { dropConsole: true, dropDebugger: true } },
        // Libraries change less often than pages: a release leaves them in the browsers' caches.
        codeSplitting: {
          groups: [
            {
              name: "react-vendor",
              test: /node_modules[\\/](react|react-dom|react-router|scheduler)[\\/]/,
              priority: 1,
            },
            // What several pages need is one file instead of a dozen tiny ones.
            { name: "common", test: /[\\/]src[\\/]/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    // The service on a developer's machine answers without the /api before its paths.
    proxy:
      mode === "fake"
        ? {}
        : {
            "/api": {
              target: "http://localhost:3333",
              changeOrigin: true,
              rewrite: (path) => path.replace(/^\/api/, ""),
            },
          },
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          environment: "node",
          // Starting a worker takes longer than the tests of a file, and these leave nothing behind.
          isolate: false,
          unstubGlobals: true,
        },
      },
      {
        extends: true,
        test: {
          name: "pages",
          include: ["tests/pages/**/*.test.tsx"],
          environment: "jsdom",
          setupFiles: ["tests/setup.ts"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          environment: "node",
          // One worker, so that all files share a build and a browser.
          isolate: false,
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "live",
          include: ["tests/live/**/*.test.ts"],
          environment: "node",
          testTimeout: 300_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
}));
