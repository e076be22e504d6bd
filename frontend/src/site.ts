/** The site's name; the title in index.html is the same. */
export const SITE_NAME = "Certify";
