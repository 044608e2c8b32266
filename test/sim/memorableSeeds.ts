// Seeds that have once found something, in the product or in the simulator itself: every test run
// plays them again. What a seed means changes whenever the simulator draws in another way; what it
// found then is held by a scenario or a unit test.

export const memorableSeeds: readonly number[] = [
  5, 11, 16, 56, 86, 101, 102, 105, 120, 152, 178, 2_023, 2_218, 2_267, 3_383, 5_106, 21_778_028,
  7000059, 7000079, 9000310, 9000766, 21778220, 9142, 9000313, 8000485, 8000658, 8001192, 8001359,
  21778283, 21778287, 52000763, 52001766, 52002183, 53000007, 53000140, 53000612, 53000875,
  54000384, 60, 71001957, 72006558, 73000922, 73000113, 74000354, 74002218, 74101334, 74102541,
  74200442, 74400033, 74400052, 74500390, 930_000_308, 933_000_131, 101_005_831, 393,
];
