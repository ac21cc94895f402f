// Opens what the address names, such as #/orders/place_order. Swagger UI's own function does the same, and reports every
// underscore in an operation's name as a deprecated way to write a blank.
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
