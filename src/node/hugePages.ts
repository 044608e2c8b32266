// Has Linux's C library ask for large pages wherever it takes much memory at once (glibc 2.35 and
// newer; nothing else looks at it). The kernel takes a dead process's memory apart, page by page,
// before it closes the connections, and everybody waits for that: of 300 MB some 18 ms in pages of
// 4 KiB, and 5 in such of 2 MiB.

/** The environment that a server is started with; what it says of the library itself stays. */
export function withHugePages<T extends Readonly<Record<string, string | undefined>>>(
  env: T,
): { readonly GLIBC_TUNABLES: string } & T {
  return { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1", ...env };
}
