/** Jobs that a scan of the queue looks at in each state, newest first: there is no index. */
export const longestLook = 50_000;
