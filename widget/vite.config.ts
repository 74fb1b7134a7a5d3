import { defineConfig } from "vite";

export default defineConfig({
  // Named imports from lang/en.json put only the built-in fallback strings into the bundle.
  json: { namedExports: true },
  build: {
    target: "es2022",
    sourcemap: false,
    lib: {
      entry: "src/main.ts",
      formats: ["iife"],
      name: "CharleyChat",
      fileName: () => "charley-chat.js",
    },
  },
});
