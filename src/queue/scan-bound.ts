/** Jobs that a scan of the queue looks at, newest first: there is no index. */
export const longestLook = 50_000;
