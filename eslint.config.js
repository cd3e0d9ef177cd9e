// eslint.config.js: one set of rules; the globals say where a file runs.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["build/", "dist/", "node_modules/", "src/"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2022, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["web/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["web/**/*.worker.js"], languageOptions: { globals: globals.worker } },
  { files: ["web/sw.js"], languageOptions: { globals: globals.serviceworker } },
  { files: ["web/cli.js"], languageOptions: { globals: globals.node } },
  // Tests run in Node and hand functions to pages.
  { files: ["tests/**/*.js", "*.js"], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
];
