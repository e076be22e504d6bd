/** The site's name, as index.html's title says it too. */
export const SITE_NAME = "Certify";
