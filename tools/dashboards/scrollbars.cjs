// For an .mjs file this package's default export is not its component: here it is.
module.exports = require('./node_modules/react-custom-scrollbars-2/lib/index.js').default;
