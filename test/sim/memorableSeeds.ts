// Seeds that have once found something, in the product or in the simulator itself: every test run
// plays them again. What a seed means changes whenever the simulator draws in another way; what it
// found then is held by a scenario or a unit test.

export const memorableSeeds: readonly number[] = [
  5, 16, 56, 60, 71, 78, 102, 120, 152, 178, 261, 407, 439,
];
