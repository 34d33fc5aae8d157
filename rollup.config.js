import { adminBuild } from "./admin/rollup.admin.js";
import { serverBuild } from "./api/rollup.server.js";
import { packageBuild } from "./widget/rollup.package.js";
import { previewBuild } from "./widget/rollup.preview.js";
import { widgetBuilds } from "./widget/rollup.widget.js";

/** What browsers get; with `--configServer` the server instead. */
export default ({ configServer }) => (configServer ? serverBuild : [...widgetBuilds, packageBuild, previewBuild, adminBuild]);
