import { adminBuild } from "./admin/rollup.admin.js";
import { packageBuild } from "./widget/rollup.package.js";
import { previewBuild } from "./widget/rollup.preview.js";
import { widgetBuilds } from "./widget/rollup.widget.js";

export default [...widgetBuilds, packageBuild, previewBuild, adminBuild];
