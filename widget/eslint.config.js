import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(js.configs.recommended, ...tseslint.configs.recommended, {
  rules: { "max-lines": ["error", 300], "no-restricted-properties": ["error", { property: "innerHTML" }, { property: "outerHTML" }] },
});
