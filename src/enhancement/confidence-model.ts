/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -10.829,
  weights: {
    coverage: 2.396,
    titleCoverage: 2.138,
    cosine: 0.89,
    closeness: 2.819,
    margin: 0.658,
    rarest: 4.836,
    secondRarest: 2.748,
    queryLength: 0.049,
    shortness: 1.103,
  },
} as const;
