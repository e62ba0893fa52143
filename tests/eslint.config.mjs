// The page's scripts: Gradio runs each as the body of a function that is given its component.
import js from '@eslint/js';
import globals from 'globals';

const component = { element: 'readonly', trigger: 'readonly', watch: 'readonly' };

export default [
  js.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.js'],
    languageOptions: {
      sourceType: 'script',
      parserOptions: { ecmaFeatures: { globalReturn: true } },
      globals: { ...globals.browser, ...component },
    },
    rules: { 'no-var': 'error', 'prefer-const': 'error', eqeqeq: 'error' },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: globals.node } },
];
