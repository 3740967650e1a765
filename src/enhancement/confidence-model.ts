/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -8,
  weights: {
    coverage: 3,
    cosine: 3,
    lead: 2,
    closeness: 3,
    margin: 0.5,
    rarest: 2,
    secondRarest: 3,
    queryLength: -0.2,
  },
} as const;
