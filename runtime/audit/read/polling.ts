/** How long what follows a log waits for more: notices of a file system are lost on some of them. */
export const POLL_MILLISECONDS = 200;
