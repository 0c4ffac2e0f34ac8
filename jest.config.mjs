/** Run by tests/support/run-suite.ts, which starts the real servers and hands their addresses to every test file. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
    // ESM only, and required by the CommonJS module before it; jest cannot do that on Node 20 by itself.
    '/node_modules/content-disposition/.+\\.js$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'ecmascript' } }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!content-disposition/)'],
  extensionsToTreatAsEsm: ['.ts'],
  // Data of running servers: Postgres has files there whose names end in .snap, which jest would take for its own.
  modulePathIgnorePatterns: ['<rootDir>/.readside/', '<rootDir>/.compiled/', '<rootDir>/dist/'],
  testTimeout: 120_000,
};
