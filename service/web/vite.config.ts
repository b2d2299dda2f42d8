import { defineConfig } from "vite";

/** The page is served at / and its files at /assets/; while it is being developed, the service answers for the API. */
export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false, // what a view looks like does not depend on which were opened before
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } } }, // one file, not ten
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { proxy: { "/v1": { target: "http://127.0.0.1:8765", ws: true } } },
});
