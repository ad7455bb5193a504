import type { StoredAccount } from "./create-account-book.js";

/** People to try the login page with; their passwords stand in docs/login-page.md, and here only as hashes. */
export const demoAccounts: readonly StoredAccount[] = [
  {
    user: {
      id: "10be7229-3aac-4248-9be7-c7af243fab4f",
      name: "Carol",
      email: "carol@order-desk.example",
      isDisabled: false,
    },
    roles: ["clerk"],
    desk: "main-street",
    passwordHash: "vjExs1b74yIY7_ToxDXRCA.4E2s5poUGirlOLW9Z6bZZ1ECTtFicM8hGqw7-B8Ic9Q",
  },
  {
    user: {
      id: "2776944e-085e-4fb5-a907-26fead54e21e",
      name: "Maria",
      email: "maria@order-desk.example",
      isDisabled: false,
    },
    roles: ["manager"],
    desk: "main-street",
    passwordHash: "JONTAGDZZGdh0Myphk8s5A.eRfJzzni5gNdVLHTVJqBMy5SCm-VG18uCyTw7feUfbA",
  },
  {
    user: {
      id: "52c4d743-6efa-4ca8-802a-566fb9b6b488",
      name: "Ada",
      email: "ada@order-desk.example",
      isDisabled: false,
    },
    roles: ["admin"],
    desk: "main-street",
    passwordHash: "5vs0S3zK7DC0Wby0xFhJpg.uAuFVH63WUTbaltI3Pa-u0NcwlIH7V80dG-_5WOy29c",
  },
];
