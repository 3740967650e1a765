/** Written by `npm run fit:confidence`. */
export const confidenceModel = {
  intercept: -6.3,
  weights: {
    coverage: 1.78,
    titleCoverage: 1.501,
    focus: 1.027,
    closeness: 0.567,
    lead: 0.928,
    length: -0.029,
    rarest: 1.686,
    secondRarest: 1.02,
    thirdRarest: 1.058,
    fourthRarest: 0.947,
    queryLength: -0.195,
    shortness: 0.861,
  },
} as const;
