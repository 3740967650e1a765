/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.499,
  weights: {
    coverage: 1.799,
    titleCoverage: 1.491,
    focus: 1.042,
    cosine: 0.273,
    closeness: 0.593,
    margin: 0.316,
    lead: 0.906,
    length: -0.023,
    rarest: 1.655,
    secondRarest: 1.074,
    thirdRarest: 1.085,
    fourthRarest: 0.932,
    queryLength: -0.192,
    shortness: 0.602,
  },
} as const;
