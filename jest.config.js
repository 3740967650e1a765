const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  // The built copy of cluster-metrics has a package.json of the same name.
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
};

const project = (name) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`] });

export default {
  projects: ['unit', 'integration', 'system', 'desks'].map(project),
  // A bound for what never ends, also on a busy machine; figures of the contract are asserted by their tests.
  testTimeout: 120_000,
  // Real servers and real Redis on two cores: more at once would only wait for each other.
  maxWorkers: 2,
  testSequencer: './scripts/longest-first.mjs',
  coverageProvider: 'v8',
  // Without the file that is types alone.
  collectCoverageFrom: ['src/{telemetry,cluster-metrics}/**/!(recorder).ts'],
  coverageReporters: ['text'],
  coverageThreshold: { global: { lines: 90 } },
};
