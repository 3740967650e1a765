/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -10.568,
  weights: {
    coverage: 2.295,
    titleCoverage: 2.041,
    cosine: 0.879,
    lead: 1.502,
    closeness: 3.018,
    margin: -0.293,
    rarest: 4.343,
    secondRarest: 2.723,
    queryLength: 0.039,
    shortness: 1.205,
  },
} as const;
