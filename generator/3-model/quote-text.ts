export { quoteText } from "../diagnostics/quote-text.js";
