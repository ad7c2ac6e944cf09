/** Bounds of verification, each with its reason. */

/** A letter with more pairs than this is a bulk job for staff, not a letter (public contract, letters). */
export const QUERIES_PER_LETTER_MAX = 500;

/** Answers with certificates of about 70 kB each: a letter stays under the 10 MB many town halls allow. */
export const ANSWERS_PER_LETTER_MAX = 100;

/** How long wrong pairs count against a number. */
export const FAILURE_WINDOW_MINUTES = 60;
