import { adminBuild } from "./admin/rollup.admin.js";
import { packageBuild } from "./widget/rollup.package.js";
import { widgetBuilds } from "./widget/rollup.widget.js";

export default [...widgetBuilds, packageBuild, adminBuild];
