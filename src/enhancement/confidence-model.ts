/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.884,
  weights: {
    coverage: 1.742,
    titleCoverage: 1.572,
    focus: 1.068,
    cosine: 0.495,
    closeness: 0.885,
    margin: 0.426,
    lead: 0.274,
    length: -0.011,
    rarest: 2.451,
    secondRarest: 1.066,
    thirdRarest: 1.084,
    fourthRarest: 0.978,
    queryLength: -0.166,
    shortness: 0.834,
  },
} as const;
