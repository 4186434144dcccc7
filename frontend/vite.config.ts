import { defineConfig } from "vite";

// One script and one style sheet with plain names: Django's static files storage adds the hashes.
export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: "src/main.ts",
      output: {
        entryFileNames: "kith.js",
        assetFileNames: "kith[extname]",
        codeSplitting: false,
      },
    },
  },
});
