// Opens the operation in the address, such as #/orders/place_order. The function of Swagger UI does the same, but logs
// a deprecation warning for each underscore in the name of an operation.
export const deepLinks = () => ({
  statePlugins: {
    layout: {
      wrapActions: {
        parseDeepLinkHash: (_original, { layoutActions, layoutSelectors }) => (hash) => {
          const [tag, operation] = hash.replace(/^#!?\/?/, "").split("/");
          if (!tag) return;
          const place = layoutSelectors.isShownKeyFromUrlHashArray(operation ? [tag, operation] : [tag]);
          if (operation) layoutActions.show(layoutSelectors.isShownKeyFromUrlHashArray([tag]), true);
          layoutActions.show(place, true);
          layoutActions.scrollTo(place);
          layoutActions.scrollToVirtualizedOperation(place);
        },
      },
    },
  },
});
