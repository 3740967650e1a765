/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.306,
  weights: {
    coverage: 1.782,
    titleCoverage: 1.51,
    focus: 1.03,
    closeness: 0.566,
    lead: 0.927,
    length: -0.029,
    rarest: 1.689,
    secondRarest: 1.018,
    thirdRarest: 1.057,
    fourthRarest: 0.945,
    queryLength: -0.194,
    shortness: 0.857,
  },
} as const;
